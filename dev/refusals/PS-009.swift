// refused: missing argument for parameter
import OTP

let lacking = PartitionSupervisor("carts", partitions: 2)
