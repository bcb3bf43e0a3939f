"""A seeded world of devices with ground truth, their life and its troubles, told through the real formats; and how reconciliation did."""
