"""Counterfactual replay: what another policy would have made of the violations that were reported. Nothing is written."""

from .running import Simulation, simulate

__all__ = ["Simulation", "simulate"]
