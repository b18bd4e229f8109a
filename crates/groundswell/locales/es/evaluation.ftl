yes = Sí
no = No
evaluations = Evaluaciones
evaluations-lede = ¿Funcionó un cambio, y para quién? El plan se cierra antes de leer el resultado.
evaluations-empty = Aún no se ha evaluado nada.
evaluation-new = Evaluar un cambio
evaluation-new-lede = Tres preguntas deciden el método. Una vez cerrado, el plan no se puede cambiar, para que nadie elija la respuesta.
evaluation-q-outcome = ¿Qué debería ser distinto?
evaluation-q-change = ¿Qué cambió, dónde y cuándo?
evaluation-q-worth = ¿Qué valdría la pena?
evaluation-outcome = Resultado
evaluation-outcome-hint = Lo que se cuenta antes y después
evaluation-group = Para quién
evaluation-everybody = todas las personas
evaluation-everybody-by = todos, y por separado cada { $dimension }
evaluation-step = Contar por
evaluation-step-hint = Los meses son más estables; las semanas muestran más cuando hay muchos hechos.
step-month = mes
step-week = semana
evaluation-change = El cambio
evaluation-change-hint = Un nombre corto: defensa en el juzgado de desalojos
evaluation-same-day = ¿Empezó el mismo día en todas partes?
evaluation-changed-on = Primer día del cambio
evaluation-changed-on-hint = Así: 2025-01-01. Varios cambios: un día en cada línea. Solo si fue el mismo día en todas partes.
evaluation-elsewhere = ¿Hay lugares sin el cambio?
evaluation-elsewhere-hint = Muestran lo que habría pasado de todos modos.
evaluation-starts = Un día por zona o distrito
evaluation-starts-hint = Uno en cada línea: zona,2025-01-01. Deje el día vacío para los lugares sin el cambio.
evaluation-starts-file = o lo mismo en un archivo CSV
evaluation-smallest = El menor cambio que vale la pena, en porcentaje
evaluation-smallest-hint = Opcional. Por debajo, la respuesta es «no basta» aunque sea segura.
evaluation-lock-help = Al cerrarlo se anota el plan con su nombre y la hora; después se estima.
evaluation-lock = Cerrar el plan y estimar
evaluation-locked = Plan cerrado
evaluation-plan = El plan
evaluation-design = Método
evaluation-estimating = Estimando.
evaluation-estimating-help = Tarda hasta un minuto. Puede salir de la página.
evaluation-show = Mostrar el resultado
evaluation-no-estimate = No hay estimación.
evaluation-state-estimating = estimando
evaluation-state-failed = sin estimación
verdict-better = mejor
verdict-worse = peor
verdict-cannot-tell = no se sabe
evaluation-fell = { $what }: **un { $percent } menos** después del cambio de lo que se habría esperado sin él. Los datos admiten desde { $low } hasta { $high }.
evaluation-rose = { $what }: **un { $percent } más** después del cambio de lo que se habría esperado sin él. Los datos admiten desde { $low } hasta { $high }.
evaluation-cannot-tell = { $what }: los datos **no permiten saber** si el cambio hizo una diferencia. Admiten desde { $low } hasta { $high }.
evaluation-visible = Un cambio de menos del { $visible } no se vería en datos como estos.
evaluation-hidden = { $what }: hay demasiado pocos hechos detrás de esta estimación para mostrarla.
evaluation-picture = Antes y después
evaluation-picture-help = Puntos: lo visto. Línea: lo que se ajusta. Rayas: lo que habría sido sin el cambio, con su intervalo del 95 %.
evaluation-picture-alt = Lo visto, lo que se ajusta y lo que habría sido sin el cambio. Los números están en la tabla.
evaluation-study = Efecto según el tiempo desde el cambio
evaluation-study-help = Diferencia con los lugares sin el cambio; línea: intervalo del 95 %. Antes del cambio debería estar cerca de cero.
evaluation-study-alt = Efectos con intervalos por períodos desde el cambio. Los números están en la tabla.
evaluation-effect = Efecto
evaluation-axis = Cambio en porcentaje; línea: intervalo del 95 %
evaluation-by-group = Para quién: por { $dimension }
evaluation-by-group-help = Cambio en porcentaje frente a lo esperado; línea: intervalo del 95 %
evaluation-change-percent = Cambio, intervalo del 95 %
evaluation-against-others = Frente a los demás
evaluation-against-help = Frente a los demás: la tasa del grupo con el cambio entre su tasa sin él, dividida por lo mismo de todos los demás. Por encima de 1, el cambio llegó menos a este grupo; si el intervalo contiene el 1, no se puede saber.
evaluation-observed = Hechos después del cambio
evaluation-expected = Esperado sin él
evaluation-smallest-visible = Menor cambio visible
evaluation-parts = Partes y comprobaciones
evaluation-part = Parte
evaluation-second-method = segundo método
evaluation-assumptions = En qué se apoya
assumption-is-checked = comprobado
assumption-is-weak = débil
assumption-is-open = no se puede comprobar
evaluation-cannot = Lo que esto no puede decir
evaluation-places-head = Lugares
evaluation-places = { $changed } con el cambio, { $compared } de comparación
evaluation-periods = { $step ->
    [week] { $before ->
        [one] { $before } semana antes
       *[other] { $before } semanas antes
      }
    [quarter] { $before ->
        [one] { $before } trimestre antes
       *[other] { $before } trimestres antes
      }
   *[month] { $before ->
        [one] { $before } mes antes
       *[other] { $before } meses antes
      }
  }, { $after } después
evaluation-options = Ajustes
design-its = Antes y después, con tendencia y estación
design-staggered = Lugares que empezaron en momentos distintos, frente a los que no habían empezado
assumption-autocorrelation = Los períodos vecinos no se arrastran unos a otros.
assumption-enough-places = Hay bastantes lugares para comparar.
assumption-enough-points = Hay bastantes períodos antes y después.
assumption-no-anticipation = Nadie actuó por el cambio antes de que llegara.
assumption-no-spill-over = El cambio no toca a los lugares sin él.
assumption-nothing-else-changed = Nada más que importe cambió al mismo tiempo.
assumption-overdispersion = Los recuentos no se dispersan más de lo que admite el método.
assumption-parallel-before = Antes del cambio, los lugares se movían a la par.
assumption-recording-unchanged = La forma de registrar fue la misma.
assumption-season = Las estaciones están descontadas.
reason-no-estimate = sin estimación posible
reason-too-few-events = demasiado pocos hechos
error-evaluation-title = Dé un nombre corto al cambio
error-outcome = Elija un resultado
error-same-day = Diga si empezó el mismo día en todas partes
error-changed-on = Escriba un día como 2025-01-01
error-elsewhere = Diga si hay lugares sin el cambio
error-starts = Cada línea necesita una zona y un día: Millrace,2025-01-01
error-smallest = Escriba un número de porcentaje, como 10
unable-too-few-before = { $step ->
    [week] { $have ->
        [0] No hay ninguna semana entera
        [one] Solo hay una semana entera
       *[other] Solo hay { $have } semanas enteras
      }
    [quarter] { $have ->
        [0] No hay ningún trimestre entero
        [one] Solo hay un trimestre entero
       *[other] Solo hay { $have } trimestres enteros
      }
   *[month] { $have ->
        [0] No hay ningún mes entero
        [one] Solo hay un mes entero
       *[other] Solo hay { $have } meses enteros
      }
  } antes del cambio; hacen falta al menos { $need }. Traiga registros más antiguos.
unable-too-few-after = { $step ->
    [week] { $have ->
        [0] No hay ninguna semana entera
        [one] Solo hay una semana entera
       *[other] Solo hay { $have } semanas enteras
      }
    [quarter] { $have ->
        [0] No hay ningún trimestre entero
        [one] Solo hay un trimestre entero
       *[other] Solo hay { $have } trimestres enteros
      }
   *[month] { $have ->
        [0] No hay ningún mes entero
        [one] Solo hay un mes entero
       *[other] Solo hay { $have } meses enteros
      }
  } después del cambio; hacen falta al menos { $need }. Vuelva más adelante.
unable-no-events = El registro no tiene ningún hecho de este tipo. Traiga registros o elija otro resultado.
unable-change-outside = El registro no abarca el día del cambio. Traiga registros de antes y de después.
unable-no-comparison = Todos los lugares empezaron al mismo tiempo y no queda ninguno con el que comparar. Añada lugares que empezaron más tarde o nunca, o planéelo como un cambio del mismo día en todas partes.
unable-counts-over-longer-periods = Los recuentos son de períodos de más de una semana. Cuente por meses.
unable-group-unknown = El registro no tiene ningún hecho de este grupo. Elija otro grupo.
unable-place-unknown = Ninguna zona ni distrito se llama «{ $place }». Nómbrelo como el mapa.
unable-places-with-gaps = En la mayoría de los lugares no había nadie expuesto en algún período. Mire un grupo mayor o un registro más largo.
unable-nothing-expected = Sin el cambio no quedaría nada con lo que comparar.
unable-not-apart-from-trend = El cambio no se puede separar de la tendencia. Traiga un registro más largo.
unable-model = El método no se estabiliza con estas cifras. Cuente por meses o mire un resultado con más hechos.
unable-broken = Algo falló de nuestro lado; está en el diario del servidor. El plan se conserva.
figure-after = períodos después
figure-before = períodos antes
figure-changed = con el cambio
figure-compared = de comparación
figure-dispersion = dispersión
figure-durbin_watson = Durbin-Watson
figure-lag_1 = correlación entre vecinos
figure-months_before = meses antes
figure-outside_the_band = de ellos fuera de la banda
figure-points_before = puntos antes del cambio
figure-pretest_p = p de una prueba sobre el pasado
figure-years_before = años antes
event-study-axis-week = Semanas desde el cambio
event-study-axis-month = Meses desde el cambio
event-study-axis-quarter = Trimestres desde el cambio
