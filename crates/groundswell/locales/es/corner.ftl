corner-hello = Hola,
corner-clients = { $n ->
    [one] una persona atendida
   *[other] { $n } personas atendidas
  }
corner-my-day = Mi día
corner-no-clients = No tiene personas asignadas.
corner-client = Persona
corner-area = Zona
corner-contact = Último contacto
corner-barrier = Último obstáculo
corner-today = hoy
corner-days = { $n ->
    [one] ayer
   *[other] hace { $n } días
  }
corner-no-contact = todavía no
corner-no-barrier = nada anotado
corner-causes = Nuestras causas
corner-new-signal = señal nueva
corner-all-issues = Todos los problemas
corner-all-signals = Todas las señales
corner-no-causes = Aún no hay señales ni problemas. Aparecerán aquí cuando el registro muestre un patrón o alguien abra un problema.
corner-lately = Lo que cambió últimamente
first-title = Primeros pasos
first-lede = Tres pasos llevan a su primera señal.
first-areas = Importar zonas.
first-areas-help = El mapa de sus distritos o códigos postales, en GeoJSON, y cuántas personas viven allí.
first-events = Importar hechos.
first-events-help = Lo que su agencia o una autoridad ha registrado: denegaciones, controles, desalojos, en CSV.
first-run = Buscar patrones.
first-run-help = Groundswell busca en el registro a quién le afecta más, dónde y desde cuándo.
first-done = hecho
first-open = pendiente
first-go-import = Ir a importaciones
first-go-run = Buscar patrones
first-ask = La administración puede hacerlo por usted.
corner-due = { $n ->
    [0] nada pendiente
    [one] una tarea pendiente
   *[other] { $n } tareas pendientes
  }
corner-nothing-due = No hay nada pendiente para hoy.
corner-all-tasks = { $n ->
    [one] Todas las tareas (una)
   *[other] Todas las tareas ({ $n })
  }
corner-needs = Requieren su atención
corner-no-needs = Nadie más requiere acción hoy.
corner-caseload = Todos los casos
corner-all-needs = Los { $n } que requieren acción
corner-find = Buscar un cliente
corner-find-go = Buscar
