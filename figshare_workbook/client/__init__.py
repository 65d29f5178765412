"""The way to a site: everything that is sent, and the jobs that people know."""
