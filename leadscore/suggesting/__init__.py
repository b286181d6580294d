"""Learns points from what became of the leads: `leadscore rules suggest`."""
