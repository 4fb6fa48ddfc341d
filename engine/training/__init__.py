"""From permitted films to a committed delta; never imported by the running application."""
