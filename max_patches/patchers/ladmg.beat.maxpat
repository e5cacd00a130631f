{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 5,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			60.0,
			90.0,
			190,
			48
		],
		"openinpresentation": 1,
		"default_fontsize": 12.0,
		"default_fontface": 0,
		"default_fontname": "Arial",
		"gridsize": [
			10.0,
			10.0
		],
		"bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"editing_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"locked_bgcolor": [
			0.1216,
			0.1373,
			0.1608,
			1.0
		],
		"boxes": [
			{
				"box": {
					"id": "obj-1",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 3,
					"patching_rect": [
						40,
						120,
						71.0,
						22
					],
					"outlettype": [
						"int",
						"int",
						"float"
					],
					"text": "unpack i i f"
				}
			},
			{
				"box": {
					"id": "obj-2",
					"maxclass": "newobj",
					"numinlets": 0,
					"numoutlets": 1,
					"patching_rect": [
						40,
						60,
						67.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "r ladmg.in"
				}
			},
			{
				"box": {
					"id": "obj-3",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"patching_rect": [
						40,
						90,
						107.0,
						22
					],
					"outlettype": [
						"",
						""
					],
					"text": "route /ladmg/beat"
				}
			},
			{
				"box": {
					"id": "obj-4",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						330,
						240,
						60,
						26
					],
					"fontname": "Arial",
					"fontsize": 22.0,
					"textcolor": [
						0.8941,
						0.9098,
						0.9333,
						1.0
					],
					"text": "1",
					"presentation": 1,
					"presentation_rect": [
						4,
						20,
						60,
						26
					]
				}
			},
			{
				"box": {
					"id": "obj-5",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						330,
						200,
						77.0,
						22
					],
					"outlettype": [
						""
					],
					"text": "prepend set"
				}
			},
			{
				"box": {
					"id": "obj-6",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						330,
						280,
						60,
						18
					],
					"fontname": "Arial",
					"fontsize": 10.0,
					"textcolor": [
						0.5608,
						0.6039,
						0.6627,
						1.0
					],
					"text": "bar",
					"presentation": 1,
					"presentation_rect": [
						4,
						2,
						60,
						18
					]
				}
			},
			{
				"box": {
					"id": "obj-7",
					"maxclass": "led",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						60,
						240,
						24,
						24
					],
					"outlettype": [
						"int"
					],
					"oncolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"offcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"ignoreclick": 1,
					"presentation": 1,
					"presentation_rect": [
						69,
						14,
						24,
						24
					]
				}
			},
			{
				"box": {
					"id": "obj-8",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						60,
						200,
						38.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "== 1"
				}
			},
			{
				"box": {
					"id": "obj-9",
					"maxclass": "led",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						120,
						240,
						24,
						24
					],
					"outlettype": [
						"int"
					],
					"oncolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"offcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"ignoreclick": 1,
					"presentation": 1,
					"presentation_rect": [
						98,
						14,
						24,
						24
					]
				}
			},
			{
				"box": {
					"id": "obj-10",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						120,
						200,
						38.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "== 2"
				}
			},
			{
				"box": {
					"id": "obj-11",
					"maxclass": "led",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						180,
						240,
						24,
						24
					],
					"outlettype": [
						"int"
					],
					"oncolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"offcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"ignoreclick": 1,
					"presentation": 1,
					"presentation_rect": [
						127,
						14,
						24,
						24
					]
				}
			},
			{
				"box": {
					"id": "obj-12",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						180,
						200,
						38.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "== 3"
				}
			},
			{
				"box": {
					"id": "obj-13",
					"maxclass": "led",
					"numinlets": 1,
					"numoutlets": 1,
					"patching_rect": [
						240,
						240,
						24,
						24
					],
					"outlettype": [
						"int"
					],
					"oncolor": [
						0.3098,
						0.7882,
						0.498,
						1.0
					],
					"offcolor": [
						0.1765,
						0.2,
						0.2353,
						1.0
					],
					"ignoreclick": 1,
					"presentation": 1,
					"presentation_rect": [
						156,
						14,
						24,
						24
					]
				}
			},
			{
				"box": {
					"id": "obj-14",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"patching_rect": [
						240,
						200,
						38.0,
						22
					],
					"outlettype": [
						"int"
					],
					"text": "== 4"
				}
			},
			{
				"box": {
					"id": "obj-15",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						40,
						300,
						30,
						30
					],
					"comment": "bar",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-16",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						100,
						300,
						30,
						30
					],
					"comment": "beat, 1..4",
					"index": 0
				}
			},
			{
				"box": {
					"id": "obj-17",
					"maxclass": "outlet",
					"numinlets": 1,
					"numoutlets": 0,
					"patching_rect": [
						160,
						300,
						30,
						30
					],
					"comment": "BPM",
					"index": 0
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"obj-2",
						0
					],
					"destination": [
						"obj-3",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-3",
						0
					],
					"destination": [
						"obj-1",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-5",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-5",
						0
					],
					"destination": [
						"obj-4",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						1
					],
					"destination": [
						"obj-8",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-8",
						0
					],
					"destination": [
						"obj-7",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						1
					],
					"destination": [
						"obj-10",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-10",
						0
					],
					"destination": [
						"obj-9",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						1
					],
					"destination": [
						"obj-12",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-12",
						0
					],
					"destination": [
						"obj-11",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						1
					],
					"destination": [
						"obj-14",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-14",
						0
					],
					"destination": [
						"obj-13",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						0
					],
					"destination": [
						"obj-15",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						1
					],
					"destination": [
						"obj-16",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"obj-1",
						2
					],
					"destination": [
						"obj-17",
						0
					]
				}
			}
		]
	}
}
