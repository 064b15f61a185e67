defmodule Bench.Names do
  alias Bench.Counter

  @readers 4
  @names 10_000
  @own 250

  def rows do
    %{
      "lookup" => &lookups/1,
      "name" => &names/1,
      "via" => &via/1,
      "register" => &registers/1,
      "dispatch" => &dispatches/1
    }
  end

  # Four processes look ten thousand keys up.
  defp lookups(count) do
    {:ok, _} = Registry.start_link(keys: :unique, name: Bench.Registry)
    parent = self()

    pids =
      for key <- 0..(@names - 1) do
        spawn(fn ->
          {:ok, _} = Registry.register(Bench.Registry, key, nil)
          send(parent, {:in, self()})
          Process.sleep(:infinity)
        end)
      end

    for pid <- pids, do: receive(do: ({:in, ^pid} -> :ok))
    all = List.to_tuple(pids)
    each = div(count, @readers)

    time =
      Bench.nanoseconds(fn -> Bench.together(@readers, fn reader -> lookup(all, reader * 2_500, each) end) end)

    stop_registry()
    {each * @readers, time}
  end

  defp lookup(_pids, _position, 0), do: :ok

  defp lookup(pids, position, count) do
    key = rem(position, @names)
    [{pid, nil}] = Registry.lookup(Bench.Registry, key)
    ^pid = elem(pids, key)
    lookup(pids, position + 7_919, count - 1)
  end

  # Its end is that of all who are linked to it, but of this process.
  defp stop_registry do
    registry = Process.whereis(Bench.Registry)
    Process.unlink(registry)
    Supervisor.stop(registry)
  end

  # Four callers, each with 250 servers of its own that it calls by name, in turn.
  defp names(count), do: time_calls(count, for(index <- 1..(@readers * @own), do: :"elixir_name_#{index}"))

  defp via(count) do
    {:ok, _} = Registry.start_link(keys: :unique, name: Bench.Registry)
    result = time_calls(count, for(index <- 1..(@readers * @own), do: {:via, Registry, {Bench.Registry, index}}))
    stop_registry()
    result
  end

  defp time_calls(count, names) do
    for name <- names, do: {:ok, _} = GenServer.start(Counter, 0, name: name)
    turns = div(count, @readers * @own)
    chunks = names |> Enum.chunk_every(@own) |> List.to_tuple()

    time =
      Bench.nanoseconds(fn ->
        Bench.together(@readers, fn caller ->
          for turn <- 0..(turns - 1), name <- elem(chunks, caller), do: ^turn = Counter.value(name)
        end)
      end)

    for name <- names, do: GenServer.stop(name)
    {turns * @own * @readers, time}
  end

  defp registers(count) do
    {:ok, _} = Registry.start_link(keys: :unique, name: Bench.Registry)

    time =
      Bench.nanoseconds(fn ->
        for key <- 1..count do
          {:ok, _} = Registry.register(Bench.Registry, key, nil)
          :ok = Registry.unregister(Bench.Registry, key)
        end
      end)

    0 = Registry.count(Bench.Registry)
    stop_registry()
    {count, time}
  end

  # To a thousand subscribers; until all of them have handled everything.
  defp dispatches(deliveries) do
    {:ok, _} = Registry.start_link(keys: :duplicate, name: Bench.Registry)
    parent = self()

    subscribers =
      for _ <- 1..1_000 do
        spawn(fn ->
          {:ok, _} = Registry.register(Bench.Registry, "news", nil)
          send(parent, {:in, self()})
          subscriber(0)
        end)
      end

    for pid <- subscribers, do: receive(do: ({:in, ^pid} -> :ok))
    events = div(deliveries, 1_000)

    time =
      Bench.nanoseconds(fn ->
        for _ <- 1..events do
          Registry.dispatch(Bench.Registry, "news", fn entries -> for {pid, _} <- entries, do: send(pid, :news) end)
        end

        for pid <- subscribers, do: send(pid, {:stop, parent})
        for pid <- subscribers, do: receive(do: ({:seen, ^pid, ^events} -> :ok))
      end)

    stop_registry()
    {events * 1_000, time}
  end

  defp subscriber(seen) do
    receive do
      :news -> subscriber(seen + 1)
      {:stop, parent} -> send(parent, {:seen, self(), seen})
    end
  end
end
