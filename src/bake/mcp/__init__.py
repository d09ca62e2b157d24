"""A server of the Model Context Protocol: what an assistant may do with a project. It can propose; people decide."""
