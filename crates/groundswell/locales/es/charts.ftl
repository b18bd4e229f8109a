chart-change = cambio
chart-before = antes
chart-after = después
chart-without = sin el cambio
chart-fitted = con el cambio
issue-open = Abrir un problema
