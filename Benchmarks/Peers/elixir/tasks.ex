defmodule Bench.Tasks do
  def rows do
    %{
      "task" => &tasks/1,
      "await-many" => &groups/1,
      "stream" => &stream/1,
      "agent-get" => &gets/1,
      "agent-update" => &updates/1
    }
  end

  defp tasks(count) do
    {count,
     Bench.nanoseconds(fn ->
       for index <- 1..count, do: ^index = Task.await(Task.async(fn -> index end))
     end)}
  end

  defp groups(count) do
    groups = div(count, 100)

    {groups * 100,
     Bench.nanoseconds(fn ->
       for _ <- 1..groups do
         4_950 = 0..99 |> Enum.map(fn index -> Task.async(fn -> index end) end) |> Task.await_many() |> Enum.sum()
       end
     end)}
  end

  defp stream(count) do
    {count,
     Bench.nanoseconds(fn ->
       ^count =
         1..count
         |> Task.async_stream(fn item -> item end)
         |> Enum.reduce(0, fn {:ok, item}, last -> ^item = last + 1 end)
     end)}
  end

  defp gets(count) do
    {:ok, agent} = Agent.start(fn -> 7 end)
    time = Bench.nanoseconds(fn -> for _ <- 1..count, do: 7 = Agent.get(agent, fn state -> state end) end)
    Agent.stop(agent)
    {count, time}
  end

  defp updates(count) do
    {:ok, agent} = Agent.start(fn -> 0 end)
    time = Bench.nanoseconds(fn -> for _ <- 1..count, do: Agent.update(agent, fn state -> state + 1 end) end)
    ^count = Agent.get(agent, fn state -> state end)
    Agent.stop(agent)
    {count, time}
  end
end
