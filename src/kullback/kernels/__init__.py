"""Kernels: the same sums as the plain code, faster. Each is held to the plain code beside it by a test."""
