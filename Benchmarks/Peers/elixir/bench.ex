defmodule Bench do
  @moduledoc """
  Elixir's side of the comparison. Answers one line for each line of input: hello | rows | run Row Operations.
  """

  def main do
    Logger.remove_backend(:console)
    loop()
  end

  defp loop do
    case IO.gets("") do
      :eof ->
        System.halt(0)

      line ->
        IO.puts(answer(String.split(line)))
        loop()
    end
  end

  defp answer(["hello"]) do
    "ok Elixir #{System.version()}, Erlang/OTP #{System.otp_release()} (#{:erlang.system_info(:emu_flavor)})"
  end

  defp answer(["rows"]), do: "ok " <> Enum.join(Map.keys(rows()), " ")

  defp answer(["run", row, count]) do
    {operations, nanoseconds} = in_process(fn -> rows()[row].(String.to_integer(count)) end)
    "ok #{operations} #{nanoseconds}"
  rescue
    error -> "error " <> String.replace(inspect(error), "\n", " ")
  end

  defp rows do
    Enum.reduce([Bench.Servers, Bench.Names, Bench.Tasks], %{}, &Map.merge(&2, &1.rows()))
  end

  # Every run has a process of its own, and with it a fresh heap.
  defp in_process(work) do
    {pid, monitor} = spawn_monitor(fn -> exit({:result, work.()}) end)

    receive do
      {:DOWN, ^monitor, :process, ^pid, {:result, result}} -> result
      {:DOWN, ^monitor, :process, ^pid, reason} -> raise inspect(reason)
    end
  end

  def nanoseconds(work) do
    start = System.monotonic_time(:nanosecond)
    work.()
    System.monotonic_time(:nanosecond) - start
  end

  @doc "Runs the work in `count` processes at once and waits for all of them."
  def together(count, work) do
    workers = for index <- 0..(count - 1), do: spawn_monitor(fn -> work.(index) end)
    for {pid, monitor} <- workers, do: receive(do: ({:DOWN, ^monitor, :process, ^pid, reason} -> :normal = reason))
  end
end
