; What threads of a crew do, see crew.py. %job is _Job there.

%job = type { i64, ptr, ptr, ptr, ptr, i64, i64, i64, i64, i64, [6 x i64], i64, [7 x i64] }

declare i32 @give_way()

; Take strips, from the last one on, until none is left.
define void @take(ptr %job) {
start:
  %word.at = getelementptr %job, ptr %job, i32 0, i32 0
  %task.at = getelementptr %job, ptr %job, i32 0, i32 1
  %block.at = getelementptr %job, ptr %job, i32 0, i32 2
  %strips.at = getelementptr %job, ptr %job, i32 0, i32 3
  %results.at = getelementptr %job, ptr %job, i32 0, i32 4
  %size.at = getelementptr %job, ptr %job, i32 0, i32 5
  %done.at = getelementptr %job, ptr %job, i32 0, i32 8
  %failed.at = getelementptr %job, ptr %job, i32 0, i32 9
  br label %look
look:
  %word = load atomic i64, ptr %word.at acquire, align 8
  %left = and i64 %word, 4294967295
  %none = icmp eq i64 %left, 0
  br i1 %none, label %end, label %read
read:
  %task = load atomic ptr, ptr %task.at monotonic, align 8
  %block = load atomic ptr, ptr %block.at monotonic, align 8
  %strips = load atomic ptr, ptr %strips.at monotonic, align 8
  %results = load atomic ptr, ptr %results.at monotonic, align 8
  %size = load atomic i64, ptr %size.at monotonic, align 8
  %less = sub i64 %word, 1
  %swap = cmpxchg ptr %word.at, i64 %word, i64 %less acq_rel acquire
  %mine = extractvalue { i64, i1 } %swap, 1
  br i1 %mine, label %run, label %look
run:
  %index = sub i64 %left, 1
  %top.at = getelementptr [2 x i64], ptr %strips, i64 %index, i32 0
  %bottom.at = getelementptr [2 x i64], ptr %strips, i64 %index, i32 1
  %top = load i64, ptr %top.at
  %bottom = load i64, ptr %bottom.at
  %offset = mul i64 %index, %size
  %result = getelementptr i64, ptr %results, i64 %offset
  %status = call i32 %task(ptr %block, ptr %result, i64 %top, i64 %bottom)
  %wrong = icmp ne i32 %status, 0
  br i1 %wrong, label %fail, label %count
fail:
  store atomic i64 1, ptr %failed.at monotonic, align 8
  br label %count
count:
  %before = atomicrmw add ptr %done.at, i64 1 release
  br label %look
end:
  ret void
}

; Look for work so many times in a row, or until the crew has ended.
define void @serve(ptr %job, i64 %looks) {
start:
  %word.at = getelementptr %job, ptr %job, i32 0, i32 0
  %ended.at = getelementptr %job, ptr %job, i32 0, i32 11
  br label %look
look:
  %again = phi i64 [ %looks, %start ], [ %looks, %work ], [ %fewer, %wait ]
  %ended = load atomic i64, ptr %ended.at acquire, align 8
  %over = icmp ne i64 %ended, 0
  br i1 %over, label %end, label %ask
ask:
  %word = load atomic i64, ptr %word.at acquire, align 8
  %left = and i64 %word, 4294967295
  %none = icmp eq i64 %left, 0
  br i1 %none, label %wait, label %work
work:
  call void @take(ptr %job)
  br label %look
wait:
  call i32 @give_way()
  %fewer = sub i64 %again, 1
  %tired = icmp eq i64 %fewer, 0
  br i1 %tired, label %end, label %look
end:
  ret void
}

; Tell whether the last job is done; look so many times.
define i32 @finish(ptr %job, i64 %looks) {
start:
  %count.at = getelementptr %job, ptr %job, i32 0, i32 6
  %done.at = getelementptr %job, ptr %job, i32 0, i32 8
  %count = load i64, ptr %count.at
  br label %look
look:
  %again = phi i64 [ %looks, %start ], [ %fewer, %wait ]
  %done = load atomic i64, ptr %done.at acquire, align 8
  %all = icmp eq i64 %done, %count
  br i1 %all, label %end, label %wait
wait:
  call i32 @give_way()
  %fewer = sub i64 %again, 1
  %tired = icmp eq i64 %fewer, 0
  br i1 %tired, label %end, label %look
end:
  %result = zext i1 %all to i32
  ret i32 %result
}

; Post a job, and do what nobody else does of it. Tell whether it is done, as `finish` does.
define i32 @share(ptr %job, ptr %task, ptr %block, ptr %strips, ptr %results, i64 %size,
                  i64 %count, i64 %looks) {
  %word.at = getelementptr %job, ptr %job, i32 0, i32 0
  %task.at = getelementptr %job, ptr %job, i32 0, i32 1
  %block.at = getelementptr %job, ptr %job, i32 0, i32 2
  %strips.at = getelementptr %job, ptr %job, i32 0, i32 3
  %results.at = getelementptr %job, ptr %job, i32 0, i32 4
  %size.at = getelementptr %job, ptr %job, i32 0, i32 5
  %count.at = getelementptr %job, ptr %job, i32 0, i32 6
  %done.at = getelementptr %job, ptr %job, i32 0, i32 8
  %failed.at = getelementptr %job, ptr %job, i32 0, i32 9
  store i64 %count, ptr %count.at
  store atomic ptr %task, ptr %task.at monotonic, align 8
  store atomic ptr %block, ptr %block.at monotonic, align 8
  store atomic ptr %strips, ptr %strips.at monotonic, align 8
  store atomic ptr %results, ptr %results.at monotonic, align 8
  store atomic i64 %size, ptr %size.at monotonic, align 8
  store atomic i64 0, ptr %done.at monotonic, align 8
  store atomic i64 0, ptr %failed.at monotonic, align 8
  %word = load atomic i64, ptr %word.at monotonic, align 8
  %number = lshr i64 %word, 32
  %next = add i64 %number, 1
  %high = shl i64 %next, 32
  %full = or i64 %high, %count
  store atomic i64 %full, ptr %word.at release, align 8
  call void @take(ptr %job)
  %all = call i32 @finish(ptr %job, i64 %looks)
  ret i32 %all
}
