"""The roles, put together from their real parts without sockets, disks and threads."""
