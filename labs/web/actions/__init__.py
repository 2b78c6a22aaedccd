"""Every change of state is a function here: it does the work in the database, in one transaction, and sends the hint.

The REST API, the WebSockets, the admin and the command line call these, and change nothing by themselves.
"""
