defmodule Bench.Counter do
  use GenServer

  def start_link(_), do: GenServer.start_link(__MODULE__, 0)
  def value(server), do: GenServer.call(server, :value)

  @impl true
  def init(count), do: {:ok, count}

  @impl true
  def handle_call(:value, _from, count), do: {:reply, count, count + 1}

  @impl true
  def handle_cast(:increment, count), do: {:noreply, count + 1}
end

defmodule Bench.Servers do
  alias Bench.Counter

  def rows do
    %{"call" => &call/1, "cast" => &cast/1, "start" => &start/1, "child" => &child/1}
  end

  defp call(count) do
    {:ok, server} = GenServer.start(Counter, 0)
    time = Bench.nanoseconds(fn -> for expected <- 0..(count - 1), do: ^expected = Counter.value(server) end)
    GenServer.stop(server)
    {count, time}
  end

  # Until the server has handled them all.
  defp cast(count) do
    {:ok, server} = GenServer.start(Counter, 0)

    time =
      Bench.nanoseconds(fn ->
        for _ <- 1..count, do: GenServer.cast(server, :increment)
        ^count = GenServer.call(server, :value, :infinity)
      end)

    GenServer.stop(server)
    {count, time}
  end

  defp start(count) do
    time =
      Bench.nanoseconds(fn ->
        for _ <- 1..count do
          {:ok, server} = GenServer.start(Counter, 0)
          :ok = GenServer.stop(server)
        end
      end)

    {count, time}
  end

  defp child(count) do
    {:ok, supervisor} = DynamicSupervisor.start_link(strategy: :one_for_one)

    time =
      Bench.nanoseconds(fn ->
        for _ <- 1..count do
          {:ok, child} = DynamicSupervisor.start_child(supervisor, Counter)
          :ok = DynamicSupervisor.terminate_child(supervisor, child)
        end
      end)

    %{active: 0} = DynamicSupervisor.count_children(supervisor)
    DynamicSupervisor.stop(supervisor)
    {count, time}
  end
end
