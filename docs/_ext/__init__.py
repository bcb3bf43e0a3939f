"""The generated half of the reference: pages made from the catalogue, the settings, the command line and the routes."""
