"""The two WebSockets: a page's and a worker's."""
