"""Who acts in a simulated evening: citizens, operators, evaluators, screens, and an adversary."""
