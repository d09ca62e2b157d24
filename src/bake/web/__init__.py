"""The web page: `bake serve` shows a project in a browser, where imports are reviewed, answered, applied and undone.

    server         binds the port, runs uvicorn, stops in order
    application    the routes
    access         who may ask what: hosts, origins, sessions, users, read-only
    forms          forms as they were sent: their token checked, their size limited
    site           what all pages share: the project, the jobs, the templates
    shelf          the changesets of the project, read once as long as they stay the same
    jobs           long work in threads: progress, cancelling, results
    rendering      templates, and how values are shown
    pages/         one module for each page

It calls what `import bake` gives everybody, as the command line does. Pages are made here, on the server, and read well
without JavaScript; with it, htmx replaces the part that changed.
"""
