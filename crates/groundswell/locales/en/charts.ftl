chart-change = change
chart-before = before
chart-after = after
chart-without = without the change
chart-fitted = with the change
issue-open = Open an issue
