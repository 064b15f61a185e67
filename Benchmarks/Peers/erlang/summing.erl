%% Sums up what it is told.
-module(summing).
-behaviour(gen_event).
-export([init/1, handle_event/2, handle_call/2]).

init(none) -> {ok, 0}.

handle_event(Event, Sum) -> {ok, Sum + Event}.

handle_call(sum, Sum) -> {ok, Sum, Sum}.
