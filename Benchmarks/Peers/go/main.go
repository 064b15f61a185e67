// Go's side of the comparison. Answers one line for each line of input:
// hello | rows | run Row Operations | hold Servers | release
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"time"
)

// A row does that many operations, checks what came out, and says how many it did and how long they took.
type row func(count int) (int, time.Duration)

var rows = map[string]row{
	"call":      func(n int) (int, time.Duration) { return pairs(1, n) },
	"fan8":      func(n int) (int, time.Duration) { return fanIn(8, n) },
	"fan64":     func(n int) (int, time.Duration) { return fanIn(64, n) },
	"fan1000":   func(n int) (int, time.Duration) { return fanIn(1000, n) },
	"pairs4":    func(n int) (int, time.Duration) { return pairs(4, n) },
	"pairs":     func(n int) (int, time.Duration) { return pairs(64, n) },
	"pairs1000": func(n int) (int, time.Duration) { return pairs(1000, n) },
	"cast":      func(n int) (int, time.Duration) { return casts(1, 1, n) },
	"cast8":     func(n int) (int, time.Duration) { return casts(8, 1, n) },
	"cast88":    func(n int) (int, time.Duration) { return casts(8, 8, n) },
	"ring":      func(n int) (int, time.Duration) { return ring(1, n) },
	"ring100":   func(n int) (int, time.Duration) { return ring(100, n) },
	"spawn":     func(n int) (int, time.Duration) { return spawn(1, n) },
	"spawn4":    func(n int) (int, time.Duration) { return spawn(4, n) },
	"start":     func(n int) (int, time.Duration) { return startStop(1, n) },
	"start4":    func(n int) (int, time.Duration) { return startStop(4, n) },
	"lookup":    lookups,
	"timers":    func(n int) (int, time.Duration) { starts, _ := timers(n); return n, starts },
	"timers1m":  func(n int) (int, time.Duration) { starts, _ := timers(n); return n, starts },
	"cancel":    func(n int) (int, time.Duration) { _, cancels := timers(n); return n, cancels },
	"cancel1m":  func(n int) (int, time.Duration) { _, cancels := timers(n); return n, cancels },
}

var held []*counter

func answer(words []string) string {
	switch words[0] {
	case "hello":
		return "ok " + runtime.Version()
	case "rows":
		names := []string{"bytes", "idle"}
		for name := range rows {
			names = append(names, name)
		}
		sort.Strings(names)
		return "ok " + strings.Join(names, " ")
	case "run":
		count, err := strconv.Atoi(words[2])
		work, known := rows[words[1]]
		if err != nil || !known {
			return "error no such row"
		}
		operations, took := work(count)
		return fmt.Sprintf("ok %d %d", operations, took.Nanoseconds())
	case "hold":
		count, _ := strconv.Atoi(words[1])
		for i := 0; i < count; i++ {
			held = append(held, newCounter(0))
		}
		reply := make(chan int, 1)
		for _, server := range held {
			check(server.value(reply), 0)
		}
		return "ok"
	case "release":
		for _, server := range held {
			server.stop()
		}
		held = nil
		return "ok"
	}
	return "error not understood"
}

func check(found, expected int) {
	if found != expected {
		panic(fmt.Sprintf("found %d, expected %d", found, expected))
	}
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		fmt.Println(safely(strings.Fields(input.Text())))
	}
}

func safely(words []string) (text string) {
	defer func() {
		if failure := recover(); failure != nil {
			text = fmt.Sprint("error ", failure)
		}
	}()
	return answer(words)
}
