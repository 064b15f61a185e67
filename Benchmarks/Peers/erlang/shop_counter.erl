%% Serves only while it is open, and postpones who comes before.
-module(shop_counter).
-behaviour(gen_statem).
-export([start/0]).
-export([callback_mode/0, init/1, closed/3, open/3]).

start() -> gen_statem:start(?MODULE, none, []).

callback_mode() -> state_functions.

init(none) -> {ok, closed, 0}.

closed(cast, customer, _Served) -> {keep_state_and_data, postpone};
closed(cast, open, Served) -> {next_state, open, Served};
closed({call, From}, served, Served) -> {keep_state_and_data, {reply, From, Served}}.

open(cast, customer, Served) -> {keep_state, Served + 1};
open(cast, close, Served) -> {next_state, closed, Served}.
