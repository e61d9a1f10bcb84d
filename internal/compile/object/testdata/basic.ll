target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
@rex_cpu = external dso_local addrspace(256) global [32 x i8]
@"rex.need" = external dso_local global i8, !absolute_symbol !9
@"rex.map.hits" = external dso_local global i8
@"rex.off.xdp_buff.data" = external dso_local global i8, !absolute_symbol !9
@tab = internal constant [2 x ptr] [ptr @"p.add", ptr @"p.sub"]
@glob = internal global i64 0
declare dso_local void @rex_panic(i32, i64, i64) noreturn cold "gc-leaf-function" nounwind
declare dso_local void @rex_poll() cold "gc-leaf-function" nounwind
declare dso_local ptr @rex_map_lookup(ptr, ptr) "gc-leaf-function" nounwind
declare ptr @llvm.frameaddress.p0(i32)

define dso_local void @gc.safepoint_poll() #0 {
  %p = load volatile i8, ptr addrspace(256) @rex_cpu
  %c = icmp eq i8 %p, 0
  br i1 %c, label %ok, label %slow, !prof !10
slow:
  call void @rex_poll()
  br label %ok
ok:
  ret void
}
define internal i32 @p.add(i32 %a, i32 %b) #1 gc "statepoint-example" { %r = add i32 %a, %b
 ret i32 %r }
define internal i32 @p.sub(i32 %a, i32 %b) #1 gc "statepoint-example" { %r = sub i32 %a, %b
 ret i32 %r }
define internal i32 @p.fib(i32 %n) #1 gc "statepoint-example" {
  %fp = call ptr @llvm.frameaddress.p0(i32 0)
  %fpi = ptrtoint ptr %fp to i64
  %lim = load volatile i64, ptr addrspace(256) getelementptr (i8, ptr addrspace(256) @rex_cpu, i64 8)
  %left = sub i64 %fpi, %lim
  %ok = icmp sgt i64 %left, ptrtoint (ptr @"rex.need" to i64)
  br i1 %ok, label %go, label %over, !prof !11
over:
  call void @rex_panic(i32 25, i64 0, i64 0)
  unreachable
go:
  %lt = icmp slt i32 %n, 2
  br i1 %lt, label %one, label %rec
one:
  ret i32 %n
rec:
  %n1 = sub i32 %n, 1
  %n2 = sub i32 %n, 2
  %r1 = call i32 @p.fib(i32 %n1)
  %r2 = call i32 @p.fib(i32 %n2)
  %r = add i32 %r1, %r2
  ret i32 %r
}
define dso_local i32 @p.Prog(ptr %ctx) #1 gc "statepoint-example" {
  %k = alloca i32, align 4
  store i32 0, ptr %k
  %v = call ptr @rex_map_lookup(ptr @"rex.map.hits", ptr %k)
  %off = getelementptr i8, ptr %ctx, i64 ptrtoint (ptr @"rex.off.xdp_buff.data" to i64)
  %d = load ptr, ptr %off
  %x = load i32, ptr %d
  %f = call i32 @p.fib(i32 %x)
  %idx = and i32 %x, 1
  %ix = zext i32 %idx to i64
  %fpp = getelementptr [2 x ptr], ptr @tab, i64 0, i64 %ix
  %fp = load ptr, ptr %fpp
  %y = call i32 %fp(i32 %x, i32 %f)
  br label %loop
loop:
  %i = phi i32 [0, %0], [%in, %loop]
  %s = load volatile i64, ptr @glob
  %s1 = add i64 %s, 1
  store volatile i64 %s1, ptr @glob
  %in = add i32 %i, 1
  %lc = icmp ult i32 %in, %y
  br i1 %lc, label %loop, label %done
done:
  ret i32 2
}
attributes #0 = { nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float" }
attributes #1 = { nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float" }
!llvm.module.flags = !{!0}
!0 = !{i32 8, !"cf-protection-branch", i32 1}
!9 = !{i64 0, i64 2147483647}
!10 = !{!"branch_weights", i32 1000000, i32 1}
!11 = !{!"branch_weights", i32 1000000, i32 1}
