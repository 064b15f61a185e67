-module(counter).
-behaviour(gen_server).
-export([start/0, start_link/0, start_link/1, value/1, increment/1]).
-export([init/1, handle_call/3, handle_cast/2]).

start() -> gen_server:start(?MODULE, none, []).
start_link() -> gen_server:start_link(?MODULE, none, []).
start_link(Observer) -> gen_server:start_link(?MODULE, Observer, []).

value(Pid) -> gen_server:call(Pid, value).
increment(Pid) -> gen_server:cast(Pid, increment).

init(none) -> {ok, 0};
init(Observer) ->
    Observer ! {up, self()},
    {ok, 0}.

handle_call(value, _From, Count) -> {reply, Count, Count + 1}.

handle_cast(increment, Count) -> {noreply, Count + 1}.
