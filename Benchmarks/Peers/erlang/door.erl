%% A door that each call opens or closes.
-module(door).
-behaviour(gen_statem).
-export([start/1, toggle/1]).
-export([callback_mode/0, init/1, handle_event/4]).

start(IsRearming) -> gen_statem:start(?MODULE, IsRearming, []).
toggle(Door) -> gen_statem:call(Door, toggle, 5000).

callback_mode() -> handle_event_function.

init(IsRearming) -> {ok, closed, {IsRearming, 0}}.

handle_event({call, From}, toggle, State, {IsRearming, Count}) ->
    Actions = [{reply, From, Count + 1} | [{state_timeout, 60000, too_long} || IsRearming]],
    {next_state, other(State), {IsRearming, Count + 1}, Actions};
handle_event(state_timeout, too_long, _State, _Data) ->
    stop.

other(open) -> closed;
other(closed) -> open.
