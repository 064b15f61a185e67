// Rooms of this module, lowest first: Kernel, Naming, Supervision, Behaviors, Introspection.
