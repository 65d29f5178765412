"""The parts of `local_figshare.make_catalogue`, which makes the shipped catalogue; the server needs none."""
