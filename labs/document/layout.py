"""Legible positions for nodes that have none.

ALL positions are absolute (canvas pixels), those of a host's members too; a host has no size of its own: it is drawn around its members with
margins left 16, top 48, right 16, bottom 72 (min 248 x 168). Sizes as in frontend/src/canvas/geometry.ts: card 184 x 64, router 104 x 104,
bridge (280 + 56 per port) x 56, LAN (288 + 56 per port) x 40.
"""
