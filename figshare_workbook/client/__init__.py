"""The client: sends every request to a Figshare site, and does the jobs that need several."""
