"""`topoweb serve`: the supervisor, the web process that it starts, and what is made on the first start."""
