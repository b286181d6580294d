"""A read-only web server: the report's pages, and any one lead."""
