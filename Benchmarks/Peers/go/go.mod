module otpbench

go 1.19
