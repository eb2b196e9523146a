"""What Akuvox stations speak: function catalogue, envelopes, rows, code lists. Pure: no I/O, no clock."""
