"""The version, where reading it costs nothing (asking the installed package takes 50 ms)."""

VERSION = "0.1.0"
