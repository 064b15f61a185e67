%% Works whose number is not how much is done but how much there is.
-module(bench_growth).
-export([rows/0]).
-export([init/1, handle_call/3, handle_cast/2]).

rows() ->
    #{'growth-queue' => fun queue/1,
      'growth-waiting' => fun waiting/1,
      'growth-live-start' => fun live_start/1,
      'growth-live-call' => fun live_call/1,
      'growth-steady50' => fun(Rate) -> percentile(Rate, 50) end,
      'growth-steady99' => fun(Rate) -> percentile(Rate, 99) end,
      'growth-steady-cpu' => fun(Rate) -> {_, Time} = steady(Rate), {Rate, Time} end}.

%% A server that sends itself a message for each that it handles: its queue keeps its length.
queue(Length) ->
    Turns = 200000,
    {ok, Server} = gen_server:start(?MODULE, none, []),
    Total = Turns + Length,
    {Time, Total} = bench_time:nanoseconds(fun() -> gen_server:call(Server, {run, Length, Turns}, infinity) end),
    ok = gen_server:stop(Server),
    {Total, Time}.

init(none) -> {ok, none}.

handle_call({run, Length, Turns}, From, none) ->
    [gen_server:cast(self(), turn) || _ <- lists:seq(1, Length)],
    {noreply, {Turns, Length, 0, From}}.

handle_cast(turn, {0, 1, Done, From}) ->
    gen_server:reply(From, Done + 1),
    {noreply, none};
handle_cast(turn, {0, Queued, Done, From}) ->
    {noreply, {0, Queued - 1, Done + 1, From}};
handle_cast(turn, {Left, Queued, Done, From}) ->
    gen_server:cast(self(), turn),
    {noreply, {Left - 1, Queued, Done + 1, From}}.

%% The caller has that many messages of its own in its mailbox, which it does not want now.
waiting(Messages) ->
    Count = 20000,
    {ok, Server} = counter:start(),
    [self() ! {message, Index} || Index <- lists:seq(1, Messages)],
    {Time, ok} = bench_time:nanoseconds(fun() -> calls(Server, 0, Count) end),
    [receive {message, Index} -> ok end || Index <- lists:seq(1, Messages)],
    ok = gen_server:stop(Server),
    {Count, Time}.

calls(_Server, Count, Count) -> ok;
calls(Server, Done, Count) ->
    Done = counter:value(Server),
    calls(Server, Done + 1, Count).

live_start(Count) ->
    {Time, Servers} = bench_time:nanoseconds(fun() ->
        [begin {ok, Server} = counter:start(), Server end || _ <- lists:seq(1, Count)]
    end),
    bench_start:release(Servers),
    {Count, Time}.

%% Each of them is called in turn, in an order that no cache likes.
live_call(Number) ->
    Count = 100000,
    Servers = list_to_tuple([begin {ok, Server} = counter:start(), Server end || _ <- lists:seq(1, Number)]),
    {Time, ok} = bench_time:nanoseconds(fun() -> among(Servers, 0, 0, Count) end),
    bench_start:release(tuple_to_list(Servers)),
    {Count, Time}.

among(_Servers, _Position, Count, Count) -> ok;
among(Servers, Position, Turn, Count) ->
    Next = (Position + 7919) rem size(Servers),
    Value = Turn div size(Servers),
    Value = counter:value(element(Next + 1, Servers)),
    among(Servers, Next, Turn + 1, Count).

percentile(Rate, Percent) ->
    {Latencies, _} = steady(Rate),
    {1, lists:nth(length(Latencies) * Percent div 100 + 1, lists:sort(Latencies))}.

%% One caller that makes so many calls a second, a thousandth of them each millisecond, for one second.
steady(Rate) ->
    {ok, Server} = counter:start(),
    Start = erlang:monotonic_time(),
    Latencies = ticks(Server, Rate div 1000, Start, 0, []),
    Time = erlang:convert_time_unit(erlang:monotonic_time() - Start, native, nanosecond),
    ok = gen_server:stop(Server),
    {[erlang:convert_time_unit(Latency, native, nanosecond) || Latency <- Latencies], Time}.

ticks(_Server, _Each, _Start, 1000, Latencies) -> Latencies;
ticks(Server, Each, Start, Tick, Latencies) ->
    Passed = erlang:convert_time_unit(erlang:monotonic_time() - Start, native, millisecond),
    if Tick > Passed -> receive after Tick - Passed -> ok end;
       true -> ok
    end,
    ticks(Server, Each, Start, Tick + 1, timed_calls(Server, Each, Tick * Each, Latencies)).

timed_calls(_Server, 0, _Expected, Latencies) -> Latencies;
timed_calls(Server, Left, Expected, Latencies) ->
    Before = erlang:monotonic_time(),
    Expected = counter:value(Server),
    timed_calls(Server, Left - 1, Expected + 1, [erlang:monotonic_time() - Before | Latencies]).
