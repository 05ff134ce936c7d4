"""Chicago homicides and their clearances: the answer to a request for police records."""
