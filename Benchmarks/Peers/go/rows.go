package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// A counter is a goroutine that owns a number. A request without a reply counts and is not answered.
type counter struct {
	requests chan chan<- int
	ended    chan struct{}
}

func newCounter(mailbox int) *counter {
	server := &counter{make(chan chan<- int, mailbox), make(chan struct{})}
	go server.run()
	return server
}

func (server *counter) run() {
	count := 0
	for reply := range server.requests {
		if reply != nil {
			reply <- count
		}
		count++
	}
	close(server.ended)
}

func (server *counter) value(reply chan int) int {
	server.requests <- reply
	return <-reply
}

func (server *counter) increment() { server.requests <- nil }

func (server *counter) stop() {
	close(server.requests)
	<-server.ended
}

func together(count int, work func(index int)) {
	var group sync.WaitGroup
	group.Add(count)
	for index := 0; index < count; index++ {
		go func(index int) {
			defer group.Done()
			work(index)
		}(index)
	}
	group.Wait()
}

func newCounters(count, mailbox int) []*counter {
	servers := make([]*counter, count)
	for index := range servers {
		servers[index] = newCounter(mailbox)
	}
	return servers
}

// pairs has a server for each caller.
func pairs(number, count int) (int, time.Duration) {
	each := count / number
	servers := newCounters(number, 0)
	start := time.Now()
	together(number, func(index int) {
		reply := make(chan int, 1)
		for expected := 0; expected < each; expected++ {
			check(servers[index].value(reply), expected)
		}
	})
	took := time.Since(start)
	for _, server := range servers {
		server.stop()
	}
	return each * number, took
}

// fanIn has many callers of one server.
func fanIn(callers, count int) (int, time.Duration) {
	each := count / callers
	server := newCounter(0)
	start := time.Now()
	together(callers, func(int) {
		reply := make(chan int, 1)
		last := -1
		for turn := 0; turn < each; turn++ {
			value := server.value(reply)
			if value <= last {
				panic("not rising")
			}
			last = value
		}
	})
	took := time.Since(start)
	check(server.value(make(chan int, 1)), each*callers)
	server.stop()
	return each * callers, took
}

// casts ends when all have been handled. A full mailbox makes its senders wait.
func casts(senders, receivers, count int) (int, time.Duration) {
	each := count / senders
	servers := newCounters(receivers, 1024)
	start := time.Now()
	together(senders, func(index int) {
		server := servers[index%receivers]
		for turn := 0; turn < each; turn++ {
			server.increment()
		}
	})
	reply := make(chan int, 1)
	handled := 0
	for _, server := range servers {
		handled += server.value(reply)
	}
	took := time.Since(start)
	check(handled, each*senders)
	for _, server := range servers {
		server.stop()
	}
	return each * senders, took
}

// ring sends tokens round a thousand goroutines.
func ring(tokens, count int) (int, time.Duration) {
	const size = 1000
	hops := count / tokens
	links := make([]chan int, size)
	for index := range links {
		links[index] = make(chan int, tokens)
	}
	done := make(chan struct{}, tokens)
	sums := make(chan int, size)
	for index := range links {
		go func(in, out chan int) {
			seen := 0
			for left := range in {
				seen++
				if left == 1 {
					done <- struct{}{}
				} else {
					out <- left - 1
				}
			}
			sums <- seen
		}(links[index], links[(index+1)%size])
	}
	start := time.Now()
	for token := 0; token < tokens; token++ {
		links[token*size/tokens] <- hops
	}
	for token := 0; token < tokens; token++ {
		<-done
	}
	took := time.Since(start)
	seen := 0
	for _, link := range links {
		close(link)
	}
	for range links {
		seen += <-sums
	}
	check(seen, hops*tokens)
	return seen, took
}

// spawn starts goroutines that end at once, and waits for the last.
func spawn(spawners, count int) (int, time.Duration) {
	each := count / spawners
	var ran [64]spread
	sum := func() (all int) {
		for part := range ran {
			all += int(ran[part].count.Load())
		}
		return all
	}
	start := time.Now()
	together(spawners, func(spawner int) {
		for turn := 0; turn < each; turn++ {
			part := &ran[(spawner*16+turn)%len(ran)]
			go func() { part.count.Add(1) }()
		}
	})
	for sum() < each*spawners {
		runtime.Gosched()
	}
	return each * spawners, time.Since(start)
}

// spread is a part of a count, on a cache line of its own.
type spread struct {
	count atomic.Int64
	_     [120]byte
}

func startStop(starters, count int) (int, time.Duration) {
	each := count / starters
	start := time.Now()
	together(starters, func(int) {
		for turn := 0; turn < each; turn++ {
			newCounter(0).stop()
		}
	})
	return each * starters, time.Since(start)
}

// lookups looks ten thousand names up in four goroutines.
func lookups(count int) (int, time.Duration) {
	const readers, names = 4, 10_000
	var table sync.Map
	servers := newCounters(names, 0)
	for index, server := range servers {
		table.Store(index, server)
	}
	each := count / readers
	start := time.Now()
	together(readers, func(reader int) {
		for turn := 0; turn < each; turn++ {
			index := (turn*7919 + reader*2500) % names
			if found, _ := table.Load(index); found != servers[index] {
				panic("the wrong one")
			}
		}
	})
	took := time.Since(start)
	for _, server := range servers {
		server.stop()
	}
	return each * readers, took
}

func timers(count int) (starts, cancels time.Duration) {
	all := make([]*time.Timer, count)
	start := time.Now()
	for index := range all {
		all[index] = time.AfterFunc(time.Minute+time.Duration(index%1000)*time.Millisecond, func() {})
	}
	middle := time.Now()
	stopped := 0
	for _, timer := range all {
		if timer.Stop() {
			stopped++
		}
	}
	end := time.Now()
	check(stopped, count)
	return middle.Sub(start), end.Sub(middle)
}
