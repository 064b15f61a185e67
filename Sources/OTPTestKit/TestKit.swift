// Probes, contexts without a process, nodes under a virtual clock.
