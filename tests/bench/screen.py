#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the screens cost on a terminal: how long until the first one stands,
and how many bytes one row down and one page down send. A pty of 80x24 plays
the terminal and says what it is when asked, as terminals do; a screen counts
as drawn when nothing has come for a while.

usage: screen.py PROGRAM REPLICA LAYER
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

QUIET = 0.25  # seconds without a byte


def drain(fd):
    """All bytes until it is quiet, and when the last of them came."""
    got, last = b"", time.monotonic()
    while select.select([fd], [], [], QUIET if got else 5)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        got += piece
        last = time.monotonic()
        if piece.endswith(b"\x1b[c"):  # what are you? A VT220 with colours
            os.write(fd, b"\x1b[?62;22c")
    return got, last


def press(fd, keys):
    os.write(fd, keys)
    return len(drain(fd)[0])


def main():
    program, replica, layer = sys.argv[1:4]
    started = time.monotonic()
    child, fd = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
        # The size is set by the parent; the program asks when it starts.
        while struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, b"\0" * 8))[0] == 0:
            pass
        os.execv(program, [program, "-C", replica])
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    first, last = drain(fd)
    print(f"start to first screen        {1000 * (last - started):8.0f} ms"
          f" {len(first):7d} B")
    opened = press(fd, f":open {layer}\r".encode())
    print(f"open {layer:24s}            {opened:7d} B")
    down = [press(fd, b"j") for _ in range(5)]
    print(f"one row down (median of 5)              {sorted(down)[2]:7d} B")
    pages = [press(fd, b"\x1b[6~") for _ in range(5)]
    print(f"one page down (median of 5)             {sorted(pages)[2]:7d} B")
    os.kill(child, signal.SIGTERM)
    os.waitpid(child, 0)


if __name__ == "__main__":
    main()
