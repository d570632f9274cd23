from . import bench_bare_charge
