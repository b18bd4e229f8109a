# Lo que hace una búsqueda de patrones, los métodos por su nombre y lo que dice el servidor de su trabajo.
run-step-evidence = Leyendo el registro …
run-step-rate_ratio = Unos grupos frente a otros …
run-step-scan = Lugares y tiempos …
run-step-done = Casi listo …
flash-run-started = La búsqueda de patrones ha empezado.
flash-run-busy = Ya hay una búsqueda de patrones en marcha.
import-already-in = Este archivo ya se había importado. No se contó nada dos veces.
error-number = Escriba un número con punto decimal, como 1 o 2.5
method-rate-ratio = Razón de tasas con intervalo exacto (Clopper y Pearson 1934)
method-scan = Barrido de lugar y tiempo, Poisson (Kulldorff 1997)
method-farrington = Números frente a su propio pasado (Farrington 1996, Noufaily 2013)
method-interrupted-time-series = Serie temporal interrumpida
method-staggered = Implantación escalonada (Callaway y Sant’Anna 2021)
