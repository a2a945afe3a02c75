"""What people see: pages, overlays, the console's API, Grafana boards."""
