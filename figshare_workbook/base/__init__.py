"""The lowest layer: values, texts, files and errors. It knows neither HTTP nor the tables of the reports."""
