%% A supervisor that has so many children already: what happens to a few of them.
-module(bench_tree).
-behaviour(supervisor).
-export([rows/0, init/1]).

rows() ->
    #{'growth-tree-start' => fun(Count) -> tree(ordinary, start, Count) end,
      'growth-tree-stop' => fun(Count) -> tree(ordinary, stop, Count) end,
      'growth-tree-crash' => fun(Count) -> tree(ordinary, crash, Count) end,
      'growth-dynamic-start' => fun(Count) -> tree(dynamic, start, Count) end,
      'growth-dynamic-stop' => fun(Count) -> tree(dynamic, stop, Count) end,
      'growth-dynamic-crash' => fun(Count) -> tree(dynamic, crash, Count) end}.

init({ordinary, _Observer}) ->
    {ok, {#{strategy => one_for_one, intensity => 1000000, period => 600}, []}};
init({dynamic, Observer}) ->
    {ok, {#{strategy => simple_one_for_one, intensity => 1000000, period => 600},
          [#{id => child, start => {counter, start_link, [Observer]}}]}}.

tree(Kind, Part, Count) ->
    process_flag(trap_exit, true),
    {ok, Supervisor} = supervisor:start_link(?MODULE, {Kind, self()}),
    Children = list_to_tuple([start(Kind, Supervisor, Index) || Index <- lists:seq(1, Count)]),
    Few = min(200, Count div 2),
    Chosen = [1 + Index * (Count div Few) || Index <- lists:seq(0, Few - 1)],
    {Time, _} = bench_time:nanoseconds(fun() -> change(Part, Kind, Supervisor, Children, Chosen) end),
    Alive = Count + case Part of start -> Few; stop -> -Few; crash -> 0 end,
    Alive = proplists:get_value(active, supervisor:count_children(Supervisor)),
    exit(Supervisor, kill),
    receive {'EXIT', Supervisor, killed} -> ok end,
    {Few, Time}.

start(Kind, Supervisor, Index) ->
    {ok, Pid} = case Kind of
        ordinary -> supervisor:start_child(Supervisor, #{id => Index, start => {counter, start_link, [self()]}});
        dynamic -> supervisor:start_child(Supervisor, [])
    end,
    receive {up, Pid} -> Pid end.

change(start, Kind, Supervisor, Children, Chosen) ->
    [start(Kind, Supervisor, size(Children) + Index) || Index <- Chosen];
change(stop, ordinary, Supervisor, _Children, Chosen) ->
    [begin
         ok = supervisor:terminate_child(Supervisor, Index),
         ok = supervisor:delete_child(Supervisor, Index)
     end || Index <- Chosen];
change(stop, dynamic, Supervisor, Children, Chosen) ->
    [ok = supervisor:terminate_child(Supervisor, element(Index, Children)) || Index <- Chosen];
change(crash, _Kind, _Supervisor, Children, Chosen) ->
    [begin
         Pid = element(Index, Children),
         exit(Pid, kill),
         receive {up, Successor} -> true = Successor =/= Pid end
     end || Index <- Chosen].
