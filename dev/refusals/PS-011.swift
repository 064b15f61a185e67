// refused: expects 2 arguments
import OTP

let wrong = PartitionSupervisor<ServerName<Counter>>("carts", partitions: 2) { Counter() }
