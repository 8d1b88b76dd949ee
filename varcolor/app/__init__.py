"""The painting page: a local web server around `varcolor.Session`, and the page itself.

`page/` holds the page (ES modules and CSS, served as they are). Only the command `paint` imports
this package, and with it Starlette and uvicorn.
"""
