"""The parts from which `local_figshare.make_catalogue` makes the shipped catalogue; the server needs none of them."""
