"""Films: strokes on a few frames, colour on all.

frames ── shots ── flow, links ── marches from the keys ── windows, swept ── written

The energy is that of pictures, frame by frame, plus links along the flow between neighbouring
frames (`motion`):

    E(u) = sum_t sum_rs w_rs |u_tr - u_ts|^2 + sum_t sum_rs c_rs |u_tr - u_(t+1)s|^2,   u = keys.

It is one symmetric system for a whole shot. Frame by frame, tied to what lies behind (`march.py`),
it is solved roughly, which is mostly nearer to the truth and takes a seventh of the time; exactly
by windows of frames, overlapped and swept (`window.py`, `sweeps.py`).

Reference: A. Levin, D. Lischinski, Y. Weiss, "Colorization using optimization", SIGGRAPH 2004,
whose neighbours in time these links replace.
"""
