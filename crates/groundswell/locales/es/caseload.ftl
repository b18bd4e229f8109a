need-quiet = { $n ->
    [one] Sin contacto desde ayer
   *[other] Sin contacto desde hace { $n } días
  }
need-crisis = Crisis el { $day }: { $what }, sin contacto desde entonces
need-due = Tarea vencida desde el { $day }
need-due-today = Tarea para hoy
need-date-today = Visita o cita judicial hoy
need-date-tomorrow = Visita o cita judicial mañana
need-date_near = Visita o cita judicial el { $day }
need-no_first_contact = Nuevo desde el { $day }, aún sin primer encuentro
need-plan_review = Revisar el plan antes del { $day }
need-waitlist_over = La plaza se esperaba el { $day }
need-hold_over = En pausa hasta el { $day }: terminó
board-open = { $n ->
    [one] Un caso abierto.
   *[other] { $n } casos abiertos.
  }
board-weight = Peso { $n }.
board-needs-n = { $n ->
    [0] Nadie requiere acción hoy.
    [one] Uno requiere acción.
   *[other] { $n } requieren acción.
  }
board-scopes = De quién son los casos
board-mine = Mis casos
board-supported = Donde apoyo
board-all = Todos los casos
board-sort = Orden
board-sort-need = lo más urgente primero
board-sort-name = por nombre
board-sort-contact = sin contacto desde hace más tiempo
board-sort-opened = los más nuevos primero
board-any-state = cualquiera
board-only-needs = Solo quienes requieren acción
board-show = Mostrar
board-keep = Conservar este orden
board-clients = Clientes
board-need = Acción necesaria
board-in-need = Requieren acción
board-calm = nada por ahora
board-act = Ir a las tareas:
board-due = Próximo plazo
board-barriers = Barreras abiertas
board-referrals = Derivaciones abiertas
board-crisis = Última crisis
board-none = No hay casos abiertos aquí.
board-none-needs = Nadie requiere acción hoy.
board-pages = Páginas
board-earlier = Página anterior
board-later = Página siguiente
board-pick = Elegir
board-transfer = Dar los casos elegidos a otra persona responsable
board-transfer-help = Marque casos en la tabla. Surte efecto de inmediato; las tareas abiertas pasan también.
error-none-picked = Marque al menos un caso en la tabla
flash-cases-transferred = { $n ->
    [one] Se ha traspasado un caso.
   *[other] Se han traspasado { $n } casos.
  }
supervise-title = Equipo y cierres
supervise-closures = Cierres por mirar
supervise-closures-help = Un cierre surte efecto de inmediato. Diga que está en orden o devuélvalo con un motivo: el caso vuelve a estar activo.
supervise-no-closures = Ningún cierre le espera.
supervise-closures-n = { $n ->
    [0] Ningún cierre por mirar.
    [one] Un cierre por mirar.
   *[other] { $n } cierres por mirar.
  }
supervise-overdue-n = { $n ->
    [0] Ninguna tarea vencida.
    [one] Una tarea vencida.
   *[other] { $n } tareas vencidas.
  }
supervise-open-tasks = { $n ->
    [one] queda una tarea abierta
   *[other] quedan { $n } tareas abiertas
  }
supervise-approve = En orden
supervise-send-back = Devolver
supervise-send-back-note = ¿Por qué se devuelve?
supervise-workers = Equipo
supervise-worker = Persona
supervise-clients = Clientes
supervise-quiet = Clientes sin contacto
supervise-no-workers = Nadie trabaja aún en casos.
flash-closure-approved = El cierre está en orden.
flash-closure-sent-back = El caso vuelve a estar activo y su responsable sabe por qué.
