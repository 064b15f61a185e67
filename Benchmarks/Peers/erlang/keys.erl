%% Names in an ETS table, whose holders are linked to the table's owner: what Elixir's Registry is, at its smallest.
%% Also a module for {via, keys, {Table, Key}}.
-module(keys).
-export([start/1, stop/1, add/2, remove/2, lookup/2]).
-export([register_name/2, unregister_name/1, whereis_name/1, send/2]).

start(Type) ->
    Caller = self(),
    Owner = spawn(fun() ->
        process_flag(trap_exit, true),
        Table = ets:new(keys, [Type, public, {read_concurrency, true}, {write_concurrency, true}]),
        Caller ! {self(), Table},
        owner(Table)
    end),
    receive {Owner, Table} -> {Table, Owner} end.

owner(Table) ->
    receive
        {'EXIT', Pid, _} -> ets:match_delete(Table, {'_', Pid, '_'}), owner(Table);
        stop -> ok
    end.

stop({_Table, Owner}) ->
    Monitor = monitor(process, Owner),
    Owner ! stop,
    receive {'DOWN', Monitor, process, Owner, _} -> ok end.

add({Table, Owner}, Key) ->
    link(Owner),
    ets:insert(Table, {Key, self(), none}).

remove({Table, _Owner}, Key) ->
    ets:match_delete(Table, {Key, self(), '_'}).

lookup({Table, _Owner}, Key) ->
    ets:lookup(Table, Key).

register_name({{Table, _Owner}, Key}, Pid) ->
    case ets:insert_new(Table, {Key, Pid, none}) of true -> yes; false -> no end.

unregister_name({{Table, _Owner}, Key}) -> ets:delete(Table, Key).

whereis_name({{Table, _Owner}, Key}) ->
    case ets:lookup(Table, Key) of [{_, Pid, _}] -> Pid; [] -> undefined end.

send(Name, Message) ->
    case whereis_name(Name) of
        undefined -> exit({badarg, {Name, Message}});
        Pid -> Pid ! Message, Pid
    end.
