"""Tables, files and charts out of records; knows no client."""
