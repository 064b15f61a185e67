// refused: does not conform to protocol 'EventHandler'
import OTP

struct Deaf: EventHandler { typealias Event = String }
