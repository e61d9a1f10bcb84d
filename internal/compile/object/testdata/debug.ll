; Lines of an imagined p.go: at (10) is inlined into sum2 (20), which is
; inlined into leaf (30), which prog (40) calls.
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-linux-gnu"
@rex_cpu = external dso_local addrspace(256) global [32 x i8]
declare dso_local void @rex_panic(i32, i64, i64) #2
declare dso_local void @rex_poll() #2
declare dso_local void @rex_log(i32, ptr, i64) #2

define dso_local void @gc.safepoint_poll() #0 {
  %p = load volatile i8, ptr addrspace(256) @rex_cpu
  %c = icmp eq i8 %p, 0
  br i1 %c, label %ok, label %slow
slow:
  call void @rex_poll()
  br label %ok
ok:
  ret void
}
define internal i64 @p.at(ptr %p, i64 %i, i64 %n) #1 gc "statepoint-example" !dbg !10 {
  %ok = icmp slt i64 %i, %n, !dbg !20
  br i1 %ok, label %in, label %out, !dbg !20
out:
  call void @rex_panic(i32 1, i64 %i, i64 %n), !dbg !20
  unreachable, !dbg !20
in:
  %a = getelementptr i64, ptr %p, i64 %i, !dbg !21
  %v = load volatile i64, ptr %a, !dbg !21
  ret i64 %v, !dbg !21
}
define internal i64 @p.sum2(ptr %p, i64 %n) #1 gc "statepoint-example" !dbg !11 {
  %x = call i64 @p.at(ptr %p, i64 0, i64 %n), !dbg !22
  %y = call i64 @p.at(ptr %p, i64 3, i64 %n), !dbg !23
  %s = add i64 %x, %y, !dbg !24
  ret i64 %s, !dbg !24
}
define internal i64 @p.leaf(ptr %p, i64 %n) #3 gc "statepoint-example" !dbg !12 {
  call void @rex_log(i32 1, ptr %p, i64 %n), !dbg !25
  %s = call i64 @p.sum2(ptr %p, i64 %n), !dbg !26
  ret i64 %s, !dbg !26
}
define dso_local i32 @p.Prog(ptr %p) #0 gc "statepoint-example" !dbg !13 {
  %n = load volatile i64, ptr %p, !dbg !27
  %v = call i64 @p.leaf(ptr %p, i64 %n), !dbg !28
  %t = trunc i64 %v to i32, !dbg !28
  %r = add i32 %t, 1, !dbg !28
  ret i32 %r, !dbg !29
}
attributes #0 = { nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float" }
attributes #1 = { alwaysinline nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float" }
attributes #2 = { nounwind "gc-leaf-function" }
attributes #3 = { noinline nounwind noredzone null_pointer_is_valid fn_ret_thunk_extern "frame-pointer"="all" "no-builtins" "no-jump-tables"="true" "target-features"="+retpoline-external-thunk,+retpoline-indirect-branches,+retpoline-indirect-calls,-sse,-sse2,-mmx,-x87,+soft-float" }
!llvm.module.flags = !{!0, !1, !2}
!llvm.dbg.cu = !{!3}
!0 = !{i32 8, !"cf-protection-branch", i32 1}
!1 = !{i32 7, !"Dwarf Version", i32 5}
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = distinct !DICompileUnit(language: DW_LANG_Go, file: !4, producer: "rex", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug)
!4 = !DIFile(filename: "p/p.go", directory: "")
!5 = !DISubroutineType(types: !6)
!6 = !{null}
!10 = distinct !DISubprogram(name: "p.at", scope: !4, file: !4, line: 10, type: !5, scopeLine: 10, spFlags: DISPFlagDefinition, unit: !3)
!11 = distinct !DISubprogram(name: "p.sum2", scope: !4, file: !4, line: 20, type: !5, scopeLine: 20, spFlags: DISPFlagDefinition, unit: !3)
!12 = distinct !DISubprogram(name: "p.leaf", scope: !4, file: !4, line: 30, type: !5, scopeLine: 30, spFlags: DISPFlagDefinition, unit: !3)
!13 = distinct !DISubprogram(name: "p.Prog", scope: !4, file: !4, line: 40, type: !5, scopeLine: 40, spFlags: DISPFlagDefinition, unit: !3)
!20 = !DILocation(line: 11, column: 5, scope: !10)
!21 = !DILocation(line: 12, column: 5, scope: !10)
!22 = !DILocation(line: 21, column: 5, scope: !11)
!23 = !DILocation(line: 22, column: 5, scope: !11)
!24 = !DILocation(line: 23, column: 5, scope: !11)
!25 = !DILocation(line: 31, column: 5, scope: !12)
!26 = !DILocation(line: 32, column: 5, scope: !12)
!27 = !DILocation(line: 41, column: 5, scope: !13)
!28 = !DILocation(line: 42, column: 5, scope: !13)
!29 = !DILocation(line: 43, column: 5, scope: !13)
